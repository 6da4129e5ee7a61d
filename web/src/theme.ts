import { type BrandVariants, createDarkTheme, createLightTheme, type Theme } from "@fluentui/react-components";

// Parley's teal, from its darkest to its lightest shade.
const brand: BrandVariants = {
	10: "#010607",
	20: "#0a1d21",
	30: "#0c2f37",
	40: "#0b3d48",
	50: "#094b59",
	60: "#0b5a6a",
	70: "#0d6575",
	80: "#0f6c7d",
	90: "#2b7f8f",
	100: "#45929f",
	110: "#5ea4b0",
	120: "#78b6c0",
	130: "#92c9d0",
	140: "#add9df",
	150: "#c9e9ed",
	160: "#e5f6f8",
};

const fontFamilyBase = '"Inter Variable", "Segoe UI Variable Text", "Segoe UI", system-ui, sans-serif';

export const lightTheme: Theme = {
	...createLightTheme(brand),
	fontFamilyBase,
	colorNeutralForeground3: "#5c6166",
};

const dark = createDarkTheme(brand);
export const darkTheme: Theme = {
	...dark,
	fontFamilyBase,
	colorBrandBackground2: brand[40],
	colorBrandForeground1: brand[120],
	colorBrandForeground2: brand[140],
	colorBrandForegroundLink: brand[120],
	colorBrandForegroundLinkHover: brand[130],
	colorNeutralForeground3: "#a7adb3",
	colorNeutralBackground1: "#1b1e21",
	colorNeutralBackground1Hover: "#23272b",
	colorNeutralBackground1Pressed: "#16191b",
	colorNeutralBackground2: "#16191b",
	colorNeutralBackground3: "#121416",
	colorNeutralStroke2: "#33383d",
	colorNeutralStroke3: "#2a2e33",
};

export type Scheme = "light" | "dark";

const key = "parley.scheme";

/** storedScheme is what the reader chose before, undefined when the system's setting is to be followed. */
export function storedScheme(): Scheme | undefined {
	const value = localStorage.getItem(key);
	return value === "light" || value === "dark" ? value : undefined;
}

export function storeScheme(scheme: Scheme) {
	localStorage.setItem(key, scheme);
}
