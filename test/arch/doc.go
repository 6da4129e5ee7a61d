// Package arch holds the house rules of the code as tests: which layer may import which, who may use a third-party module, and what no file may have. Each
// failure tells the reason of the rule.
package arch
