// Package richtext reads and writes the bodies of instant messages: plain text with Microsoft's format line, HTML,
// RTF, the alternatives of a multipart body, typing notices, delivery notices and CPIM.
//
// Every format becomes one neutral Document, lines of styled text in which nothing can act: no script, handler,
// image, embedded object or field, and no link other than to the schemes that SafeLink accepts. What is written
// comes from a Document alone, so markup of a sender never reaches a receiver as it was.
//
// All readers are bounded in size, depth and count, and keep what a reader of the message would have seen.
package richtext
