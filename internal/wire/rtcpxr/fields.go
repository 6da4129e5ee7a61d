package rtcpxr

// Field is a number of a metrics section (RFC 6035 section 4.6.2).
type Field uint8

// The fields, in the order in which they are written.
const (
	JBA   Field = iota // JitterBuffer: adaptive (0 to 3)
	JBR                // rate of adjustment
	JBN                // nominal size, ms
	JBM                // maximum size, ms
	JBX                // absolute maximum size, ms
	NLR                // PacketLoss: lost in the network, %
	JDR                // discarded by the jitter buffer, %
	BLD                // BurstGapLoss: loss in bursts, %
	BD                 // length of bursts, ms
	GLD                // loss in gaps, %
	GD                 // length of gaps, ms
	GMIN               // packets that end a burst
	RTD                // Delay: round trip, ms
	ESD                // end system delay, ms
	OWD                // one-way delay, ms
	SOWD               // symmetric one-way delay, ms
	IAJ                // interarrival jitter, ms
	MAJ                // mean absolute jitter, ms
	SL                 // Signal: level of speech, dBm0
	NL                 // level of noise, dBm0
	RERL               // residual echo return loss, dB
	RLQ                // QualityEst: R factor, listening
	RCQ                // R factor, conversational
	EXTRI              // external R factor, in
	EXTRO              // external R factor, out
	MOSLQ              // mean opinion score, listening
	MOSCQ              // mean opinion score, conversational
	fieldCount
)

// layout says how a field is written and when its value means "not available".
type layout struct {
	line, name string
	digits     int     // after the decimal point
	none       float64 // value that stands for "unavailable"; 0: there is none
}

// fields is the table of the format, indexed by Field; never changed. RFC 3611
// section 4.7 gives 127 for what is unavailable in one byte and 65535 in two;
// phones write these on.
var fields = [fieldCount]layout{
	JBA: {line: "JitterBuffer", name: "JBA"}, JBR: {line: "JitterBuffer", name: "JBR"},
	JBN: {line: "JitterBuffer", name: "JBN", none: 65535}, JBM: {line: "JitterBuffer", name: "JBM", none: 65535},
	JBX: {line: "JitterBuffer", name: "JBX", none: 65535},
	NLR: {line: "PacketLoss", name: "NLR", digits: 2}, JDR: {line: "PacketLoss", name: "JDR", digits: 2},
	BLD: {line: "BurstGapLoss", name: "BLD", digits: 2}, BD: {line: "BurstGapLoss", name: "BD", none: 65535},
	GLD: {line: "BurstGapLoss", name: "GLD", digits: 2}, GD: {line: "BurstGapLoss", name: "GD", none: 65535},
	GMIN: {line: "BurstGapLoss", name: "GMIN"},
	RTD:  {line: "Delay", name: "RTD", digits: 1, none: 65535}, ESD: {line: "Delay", name: "ESD", digits: 1, none: 65535},
	OWD: {line: "Delay", name: "OWD", digits: 1, none: 65535}, SOWD: {line: "Delay", name: "SOWD", digits: 1, none: 65535},
	IAJ: {line: "Delay", name: "IAJ", digits: 1, none: 65535}, MAJ: {line: "Delay", name: "MAJ", digits: 1, none: 65535},
	SL: {line: "Signal", name: "SL", none: 127}, NL: {line: "Signal", name: "NL", none: 127},
	RERL: {line: "Signal", name: "RERL", none: 127},
	RLQ:  {line: "QualityEst", name: "RLQ", digits: 1, none: 127}, RCQ: {line: "QualityEst", name: "RCQ", digits: 1, none: 127},
	EXTRI: {line: "QualityEst", name: "EXTRI", digits: 1, none: 127}, EXTRO: {line: "QualityEst", name: "EXTRO", digits: 1, none: 127},
	MOSLQ: {line: "QualityEst", name: "MOSLQ", digits: 2, none: 127}, MOSCQ: {line: "QualityEst", name: "MOSCQ", digits: 2, none: 127},
}

// fieldNamed finds a field by the name of its parameter. The names are unique
// over all lines, so it does not matter in which line a phone puts one.
func fieldNamed(name string) (Field, bool) {
	for f := range fields {
		if equalFold(fields[f].name, name) {
			return Field(f), true
		}
	}
	return 0, false
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

// String is the field's name.
func (f Field) String() string { return fields[f].name }
