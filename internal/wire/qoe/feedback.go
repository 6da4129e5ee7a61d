package qoe

import "fmt"

// maxTokens bounds the complaints of one rating.
const maxTokens = 64

// ParseFeedback reads a user's rating. Its schema is in a namespace of its own,
// which is not checked: the root's name is enough to know it. Errors are those
// of Parse.
func ParseFeedback(body []byte) (*Feedback, error) {
	p := parser{feedback: &Feedback{Rating: -1}}
	anything := func(string) bool { return true }
	if err := p.run(body, feedbackTree, "CallQualityFeedbackReport", anything); err != nil {
		return nil, err
	}
	f := p.feedback
	switch {
	case f.CallID == "":
		return nil, fmt.Errorf("%w: there is no CallId", ErrSchema)
	case f.User == "":
		return nil, fmt.Errorf("%w: there is no ReportingUserURI", ErrSchema)
	case f.Rating == -1:
		return nil, fmt.Errorf("%w: there is no Rating", ErrSchema)
	case f.Rating < 1 || f.Rating > 5:
		return nil, fmt.Errorf("%w: Rating is %d, not 1 to 5", ErrValue, f.Rating)
	}
	return f, nil
}

// feedbackTree is the tree of a rating; built once, never changed.
var feedbackTree = newFeedbackTree()

func newFeedbackTree() *node {
	root := &node{enter: (*parser).openFeedback}
	text(root.at("ReportingUserURI"), func(p *parser) *string { return &p.feedback.User })
	whole(root.at("Rating"), "Rating", func(p *parser) *int { return &p.feedback.Rating })
	// The text is the element's own or that of an element inside of it.
	root.at("Feedback").leaf = (*parser).feedbackText
	root.at("Feedback/Text").leaf = (*parser).feedbackText
	token := root.at("Tokens/Token")
	token.enter = func(p *parser) error {
		if len(p.feedback.Tokens) == maxTokens {
			return fmt.Errorf("%w: more than %d tokens", ErrSchema, maxTokens)
		}
		p.feedback.Tokens = append(p.feedback.Tokens, Token{})
		p.token = &p.feedback.Tokens[len(p.feedback.Tokens)-1]
		return nil
	}
	whole(token.at("Id"), "Id", func(p *parser) *int { return &p.token.ID })
	whole(token.at("Value"), "Value", func(p *parser) *int { return &p.token.Value })
	return root
}

func (p *parser) feedbackText(text []byte) error {
	if len(text) > 0 {
		p.feedback.Text = cut(string(text))
	}
	return nil
}

func (p *parser) openFeedback() (err error) {
	f := p.feedback
	f.CallID, f.FromTag, f.ToTag = cut(p.attr("CallId")), cut(p.attr("FromTag")), cut(p.attr("ToTag"))
	if f.Start, err = p.dateTime("Start"); err != nil {
		return err
	}
	f.End, err = p.dateTime("End")
	return err
}
