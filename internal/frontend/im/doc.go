// Package im carries instant messages between users, whatever dialect their devices speak.
//
// A message enters once: it gets an id and a number, is stored, and is then delivered to each device of the
// recipient exactly once, in the order in which its sender wrote. The sender is answered when the message is stored
// and a device has taken it, or with the reason why none did; a message is never accepted and then lost.
//
// The server is the other end of every Lync session (an INVITE with m=message and MESSAGE requests in its dialog): a
// session joins the server and one endpoint, so what a sender sees does not depend on how many devices the recipient
// has or how they fork. Standard devices get and send MESSAGE requests without a session (RFC 3428); between two of
// them the request is passed on as it came.
package im
