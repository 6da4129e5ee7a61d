package dialect

// Failure is why a call was not taken or ended, told without either dialect.
type Failure struct {
	Code         int      // SIP status, 300 to 699, of the side that refused
	Text         string   // for people; "" for the status' own text
	DoNotDisturb bool     // the callee is there and does not want to be disturbed
	Diagnostic   int      // number for ms-diagnostics, 0 for the dialect's default
	Contacts     []string // of a 3xx: where else the user may be, in the form of the field
	Reasons      []string // values of Reason that came with a standard endpoint's refusal (RFC 6432)
}

// Field is one header field that goes with a translated status.
type Field struct{ Name, Value string }
