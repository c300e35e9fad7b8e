package ice

// backoff says how long to leave off what was tried and was no good: longer each time, unless it was good for a while before.
type backoff struct{ last int }

const (
	backoffMin    = 8
	backoffMax    = 1024
	backoffWorthy = 64 // successes after which a failure is the first again
)

// after gives how many occasions to leave out, given how often it was good before it was no good any more.
func (b *backoff) after(good int) int {
	if good >= backoffWorthy {
		b.last = 0
	}
	b.last = min(max(2*b.last, backoffMin), backoffMax)
	return b.last
}
