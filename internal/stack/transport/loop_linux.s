// The compiler accepts goyield, which has no body, in a package with an assembly file only.
