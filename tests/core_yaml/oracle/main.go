// Answers what sigs.k8s.io/yaml makes of texts: each line of standard input is a text in base64,
// each line of standard output is its JSON, or "!" and why it has none.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(out, answer(text))
		out.Flush()
	}
}

func answer(text []byte) (found string) {
	// go-yaml panics on a few texts; to its callers that is an error like any other.
	defer func() {
		if trouble := recover(); trouble != nil {
			found = fmt.Sprintf("!panic: %v", trouble)
		}
	}()
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return "!" + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return strings.TrimSpace(string(data))
}
