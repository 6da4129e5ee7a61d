package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// runPage runs the tests of the page in a folder.
func runPage(dir string) tally {
	result, err := os.CreateTemp("", "parley-page-*.json")
	if err != nil {
		fmt.Println("FAIL page:", err)
		return tally{failed: 1}
	}
	defer os.Remove(result.Name())
	defer result.Close()
	cmd := exec.Command(filepath.Join("node_modules", ".bin", "vitest"), "run", "--reporter=default", "--reporter=json", "--outputFile.json="+result.Name())
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	runErr := cmd.Run()
	t, err := pageTally(result.Name())
	if err != nil {
		fmt.Println("FAIL page:", err)
		t.failed++
	}
	if runErr != nil && t.failed == 0 {
		fmt.Println("FAIL page:", runErr)
		t.failed++
	}
	return t
}

// pageTally reads the JSON that vitest wrote.
func pageTally(file string) (tally, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return tally{}, err
	}
	var r struct{ NumPassedTests, NumFailedTests, NumPendingTests, NumTodoTests int }
	if err := json.Unmarshal(data, &r); err != nil {
		return tally{}, fmt.Errorf("read result of vitest: %w", err)
	}
	return tally{r.NumPassedTests, r.NumFailedTests, r.NumPendingTests + r.NumTodoTests}, nil
}
