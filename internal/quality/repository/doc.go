// Package repository keeps the reports of the dashboard: a tree in which a
// child looks at its parent's rows through one condition more.
//
// Built-in reports are part of the program and change with it; an
// administrator's edit covers one until defaults are restored. Reports of users
// are theirs alone until they share or publish them. Every change keeps the
// version before it.
package repository
