// Command parley is a unified-communications front end, interoperability edge and call quality dashboard in one program.
package main

func main() {}
