package omerotest

import "testing"

// New starts a server for a test or a benchmark, and closes it at its end. The
// test fails at once if that does not succeed.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts...)
	if err != nil {
		t.Fatalf("omerotest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("omerotest: closing the server: %v", err)
		}
	})
	return s
}
