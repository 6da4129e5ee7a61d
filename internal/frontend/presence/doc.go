// Package presence is the server's presence service for both dialects: it takes what users' devices publish, makes one
// state of it, decides what each watcher may see, and tells the watchers.
//
// Lync-dialect endpoints publish categories by SERVICE and watch by batched or single subscriptions ([MS-PRES]);
// standard ones publish PIDF by PUBLISH (RFC 3903) and watch users (RFC 3856), lists (RFC 4662), their watchers
// (RFC 3857) and dialogs (RFC 4235).
//
// Locks: a subscription's may be held when a presentity's is taken, never the other way round.
package presence
