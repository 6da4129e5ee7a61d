// Package cqd speaks the language of the original Call Quality Dashboard: its
// names of dimensions and measures, the queries of its data service, and the
// .cqdx files in which it hands report trees on. All of it is translated to and
// from the names and queries of this archive; what has no counterpart is named
// with the reason.
package cqd
