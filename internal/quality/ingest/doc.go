// Package ingest takes in what anybody tells of the quality of calls: reports
// of endpoints by SIP, measurements of the media relay, and the record of each
// call. What is accepted is on disk in the journal before it is acknowledged;
// a consumer then brings it from the journal into the archive, each record
// exactly once.
package ingest
