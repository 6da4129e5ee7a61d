package dialect

// Change is one thing that a translation between dialects altered or dropped.
type Change struct {
	What     string // header field, attribute or codec, such as "a=crypto" or "codec SILK/16000"
	From, To string // To is empty for what was dropped. Keys and passwords are never in them.
	Reason   string // why, for an administrator
}
