package stripefake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Add adds an object of a kind (customer, invoice, charge, payment_intent) with the fields that Stripe sends, overlaid
// by the given ones, and returns its id. Each object is dated a second after the one before.
func (s *Server) Add(kind string, fields Object) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(kind, fields)
}

func (s *Server) add(kind string, fields Object) (id string) {
	object := template(kind)
	s.clock++
	path := kinds[kind].path
	object["id"], object["created"] = fmt.Sprintf("%sfake%06d", kinds[kind].prefix, len(s.stored[path])+s.gone[path]+1), s.clock
	maps.Copy(object, fields)
	s.stored[path] = append(s.stored[path], object)
	return object["id"].(string)
}

func template(kind string) Object {
	raw, err := objects.ReadFile("objects/" + kind + ".json")
	if err != nil {
		panic(err)
	}
	object := Object{}
	if err := json.Unmarshal(raw, &object); err != nil {
		panic(err)
	}
	return object
}

// Set changes fields of an object.
func (s *Server) Set(id string, fields Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.find(id), fields)
}

// Get returns a copy of an object; nil if there is none.
func (s *Server) Get(id string) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.find(id))
}

// Delete deletes a customer. As at Stripe it can still be read, with deleted set.
func (s *Server) Delete(customerId string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := s.find(customerId)
	clear(object)
	maps.Copy(object, Object{"id": customerId, "object": "customer", "deleted": true})
}

// Remove removes an object as if it had never existed.
func (s *Server) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

func (s *Server) remove(id string) {
	for path, all := range s.stored {
		before := len(all)
		s.stored[path] = slices.DeleteFunc(all, func(o Object) bool { return o["id"] == id })
		s.gone[path] += before - len(s.stored[path])
	}
}

func (s *Server) find(id string) Object {
	for _, all := range s.stored {
		for _, object := range all {
			if object["id"] == id {
				return object
			}
		}
	}
	return nil
}

// All returns copies of all objects of a kind, the oldest first.
func (s *Server) All(kind string) (all []Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, object := range s.stored[kinds[kind].path] {
		all = append(all, maps.Clone(object))
	}
	return all
}
