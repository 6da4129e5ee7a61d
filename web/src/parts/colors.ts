import { useEffect, useState } from "react";

/** Colors are the page's own, for charts, which cannot read them from the style sheet by themselves. */
export interface Colors {
	good: string;
	poor: string;
	unclassified: string;
	percentLine: string;
	text: string;
	line: string;
	font: string;
}

function read(): Colors {
	const root = getComputedStyle(document.documentElement);
	const provider = document.querySelector("#page > *");
	const theme = provider ? getComputedStyle(provider) : root;
	return {
		good: root.getPropertyValue("--good"),
		poor: root.getPropertyValue("--poor"),
		unclassified: root.getPropertyValue("--unclassified"),
		percentLine: root.getPropertyValue("--percent-line"),
		text: theme.getPropertyValue("--colorNeutralForeground3"),
		line: theme.getPropertyValue("--colorNeutralStroke2"),
		font: theme.getPropertyValue("--fontFamilyBase"),
	};
}

export function useColors(): Colors {
	const [colors, setColors] = useState(read);
	useEffect(() => {
		const observer = new MutationObserver(() => setColors(read()));
		observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-scheme"] });
		return () => observer.disconnect();
	}, []);
	return colors;
}
