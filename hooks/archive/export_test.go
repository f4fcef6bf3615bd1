package archive

func Take(taken ...string) (out []string) {
	n := names{}
	for _, name := range taken {
		out = append(out, n.take(name, "file"))
	}
	return out
}
