package pidf

import "time"

// Presence is what is known of one presentity.
type Presence struct {
	Entity string // URI
	Tuples []Tuple
	Person *Person
	Notes  []Note
}

// Tuple is one way to reach the presentity (RFC 3863 section 4.1.2).
type Tuple struct {
	ID        string
	Open      bool
	NoStatus  bool   // the document gives no basic status
	Contact   string // URI
	Priority  string // 0 to 1 with up to three decimals
	Notes     []Note
	Timestamp time.Time

	// What RFC 4480 section 3 lets a tuple or person say. Older writers put it into tuples.
	Activities []Activity
	Input      *UserInput
}

// Person is the human behind (RFC 4479 section 3.3).
type Person struct {
	ID         string
	Activities []Activity
	Input      *UserInput
	Notes      []Note
	Timestamp  time.Time
}

// Activity is what somebody does: an element name of RFC 4480 section 3.2, or "other" with a text.
type Activity struct {
	Name string
	Text string    // of "other"
	Till time.Time // the end that the activities element gives, if any
}

// UserInput says whether the user handles a device (RFC 4480 section 3.12).
type UserInput struct {
	Idle      bool
	LastInput time.Time
}

// Note is a text for people.
type Note struct {
	Lang string
	Text string
}
