// Package portal tests that what happens between real clients is shown on the portal.
package portal
