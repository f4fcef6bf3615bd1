package doctor

import "strings"

// configuration reports the mistake that prevents the server from starting, else which services are off.
func configuration(p *patient) check {
	c := check{Name: "configuration"}
	switch off := p.config.Off(); {
	case p.mistake != nil:
		c.State, c.Say, c.Do = fails, p.mistake.Error(), "Correct it in the environment or in the .env file beside the binary, then start the server again"
	case len(off) > 0:
		c.State, c.Say = ok, "off because not set: "+strings.Join(off, ", ")
	default:
		c.State, c.Say = ok, "everything is set"
	}
	return c
}
