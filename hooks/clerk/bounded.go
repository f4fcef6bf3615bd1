package clerk

import "net/http"

const maxAnswer = 32 << 20 // bytes

// bounded limits the size of each answer, so that one without an end cannot fill the memory.
type bounded struct{}

func (bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	}
	return response, err
}
