package richtext

import (
	"strconv"
	"strings"
)

// applyCSS applies the declarations of a style attribute that the model knows. The others, url() among them, have
// no place in it.
func applyCSS(declarations string, s Style, rtl bool) (Style, bool) {
	if len(declarations) > 4096 {
		return s, rtl
	}
	for declaration := range strings.SplitSeq(declarations, ";") {
		name, value, _ := strings.Cut(declaration, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "font-family":
			if font := fontName(value); font != "" {
				s.Font = font
			}
		case "font-size":
			if points := parseSize(value); points > 0 {
				s.Size = points
			}
		case "font-weight":
			weight, err := strconv.Atoi(value)
			s.Bold = strings.HasPrefix(strings.ToLower(value), "bold") || err == nil && weight >= 600
		case "font-style":
			s.Italic = strings.EqualFold(value, "italic") || strings.EqualFold(value, "oblique")
		case "text-decoration":
			value = strings.ToLower(value)
			s.Underline = s.Underline || strings.Contains(value, "underline")
			s.Strike = s.Strike || strings.Contains(value, "line-through")
		case "color":
			if c := parseColor(value); c.Set {
				s.Color = c
			}
		case "direction":
			rtl = strings.EqualFold(value, "rtl")
		}
	}
	return s, rtl
}

// parseSize reads a font size in pt or px as points from 1 to 72, else 0.
func parseSize(value string) int {
	value = strings.ToLower(strings.TrimSpace(value))
	scale := 1.0
	number, ok := strings.CutSuffix(value, "pt")
	if !ok {
		if number, ok = strings.CutSuffix(value, "px"); !ok {
			return 0
		}
		scale = 0.75
	}
	size, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(size*scale >= 1 && size*scale <= 72) {
		return 0
	}
	return int(size*scale + 0.5)
}

// namedColors are the colour names that chat clients write.
var namedColors = map[string]uint32{
	"black": 0x000000, "white": 0xFFFFFF, "red": 0xFF0000, "green": 0x008000, "blue": 0x0000FF, "yellow": 0xFFFF00, "gray": 0x808080, "grey": 0x808080,
	"silver": 0xC0C0C0, "maroon": 0x800000, "purple": 0x800080, "fuchsia": 0xFF00FF, "lime": 0x00FF00, "olive": 0x808000, "navy": 0x000080,
	"teal": 0x008080, "aqua": 0x00FFFF, "orange": 0xFFA500,
}

// parseColor reads #rgb, #rrggbb, rgb(r,g,b) and the names above. Black is the default and not kept.
func parseColor(value string) Color {
	value = strings.ToLower(strings.TrimSpace(value))
	rgb, named := namedColors[value]
	if digits, ok := strings.CutPrefix(value, "#"); ok {
		if len(digits) == 3 {
			digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
		}
		n, err := strconv.ParseUint(digits, 16, 24)
		if err != nil || len(digits) != 6 {
			return Color{}
		}
		rgb = uint32(n)
	} else if inner, ok := strings.CutPrefix(value, "rgb("); ok {
		parts := strings.Split(strings.TrimSuffix(inner, ")"), ",")
		if len(parts) != 3 {
			return Color{}
		}
		for _, p := range parts {
			n, err := strconv.ParseUint(strings.TrimSpace(p), 10, 8)
			if err != nil {
				return Color{}
			}
			rgb = rgb<<8 | uint32(n)
		}
	} else if !named {
		return Color{}
	}
	if rgb == 0 {
		return Color{}
	}
	return Color{Set: true, R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb)}
}
