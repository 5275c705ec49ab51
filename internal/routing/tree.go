package routing

import "iter"

// tree keeps values in order and knows how many come before one: a treap. Adding, removing and ranking take time in
// the logarithm of the length. Values that are equal by less are one. Use newTree.
type tree[T any] struct {
	less func(a, b T) bool
	root *branch[T]
	dice uint64
}

type branch[T any] struct {
	value       T
	chance      uint64 // greater than that of all below
	size        int
	left, right *branch[T]
}

func newTree[T any](less func(a, b T) bool) *tree[T] {
	return &tree[T]{less: less, dice: 0x9e3779b97f4a7c15}
}

func (b *branch[T]) len() int {
	if b == nil {
		return 0
	}
	return b.size
}

func (b *branch[T]) count() { b.size = b.left.len() + b.right.len() + 1 }

// len is how many values there are.
func (t *tree[T]) len() int { return t.root.len() }

// first is the value before all others.
func (t *tree[T]) first() (v T, ok bool) {
	b := t.root
	if b == nil {
		return v, false
	}
	for b.left != nil {
		b = b.left
	}
	return b.value, true
}

// firstNot is the first value that is not so; all that are come before all that are not.
func (t *tree[T]) firstNot(so func(T) bool) (v T, ok bool) {
	for b := t.root; b != nil; {
		if so(b.value) {
			b = b.right
		} else {
			v, ok = b.value, true
			b = b.left
		}
	}
	return v, ok
}

// rank is how many values come before v, which need not be there.
func (t *tree[T]) rank(v T) (n int) {
	for b := t.root; b != nil; {
		if t.less(b.value, v) {
			n += b.left.len() + 1
			b = b.right
		} else {
			b = b.left
		}
	}
	return n
}

// insert adds a value that is not there yet.
func (t *tree[T]) insert(v T) {
	t.dice ^= t.dice << 13
	t.dice ^= t.dice >> 7
	t.dice ^= t.dice << 17
	n := &branch[T]{value: v, chance: t.dice, size: 1}
	at := &t.root
	for *at != nil && (*at).chance >= n.chance {
		(*at).size++
		if t.less(v, (*at).value) {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	n.left, n.right = t.split(*at, v)
	n.count()
	*at = n
}

// split divides what is below b by v.
func (t *tree[T]) split(b *branch[T], v T) (before, after *branch[T]) {
	if b == nil {
		return nil, nil
	}
	if t.less(b.value, v) {
		b.right, after = t.split(b.right, v)
		before = b
	} else {
		before, b.left = t.split(b.left, v)
		after = b
	}
	b.count()
	return before, after
}

// remove takes a value out; one that is not there is no mistake.
func (t *tree[T]) remove(v T) { t.root = t.without(t.root, v) }

func (t *tree[T]) without(b *branch[T], v T) *branch[T] {
	switch {
	case b == nil:
		return nil
	case t.less(v, b.value):
		b.left = t.without(b.left, v)
	case t.less(b.value, v):
		b.right = t.without(b.right, v)
	default:
		return joined(b.left, b.right)
	}
	b.count()
	return b
}

// joined puts two trees together; all of the first come before all of the second.
func joined[T any](a, b *branch[T]) *branch[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.chance > b.chance:
		a.right = joined(a.right, b)
		a.count()
		return a
	}
	b.left = joined(a, b.left)
	b.count()
	return b
}

// all gives the values in order. The tree must not be changed meanwhile.
func (t *tree[T]) all() iter.Seq[T] {
	return func(yield func(T) bool) { t.root.walk(yield) }
}

func (b *branch[T]) walk(yield func(T) bool) bool {
	return b == nil || b.left.walk(yield) && yield(b.value) && b.right.walk(yield)
}
