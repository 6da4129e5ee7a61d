// Package cube keeps roll-ups of the archive's streams by hour and by day over
// the dimensions that reports use, so that a view of many months need not read
// every stream.
//
// Roll-ups hold dictionary codes, so nothing of buildings and networks is in
// them. The verdict of each known classifier is one of their dimensions: a
// classifier that changed is not answered from them until they are made again.
// The archive notes the hours whose streams change; queries read those from the
// archive itself until Process has made them anew, so answers are always exact.
package cube
