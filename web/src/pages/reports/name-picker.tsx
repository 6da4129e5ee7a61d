import { SearchBox } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useId, useMemo, useState } from "react";
import type { SchemaItem } from "../../api/reports";
import css from "./designer.module.css";

/** most is how many names are listed at once. */
const most = 40;

/** NamePicker finds one of hundreds of names by any words of it. */
export function NamePicker(props: { label: string; items: SchemaItem[]; onPick: (key: string) => void }) {
	const [text, setText] = useState("");
	const id = useId();
	const found = useMemo(() => find(props.items, text), [props.items, text]);
	return (
		<div className={css.picker}>
			<SearchBox
				aria-label={props.label}
				aria-controls={id}
				placeholder={props.label}
				value={text}
				onChange={(_, data) => setText(data.value)}
				onKeyDown={(event) => {
					const [first] = found;
					if (event.key === "Enter" && first) {
						event.preventDefault();
						props.onPick(first.key);
						setText("");
					}
				}}
			/>
			<ul id={id} hidden={text.trim() === ""}>
				{found.slice(0, most).map((item) => (
					<li key={item.key}>
						<button
							type="button"
							onClick={() => {
								props.onPick(item.key);
								setText("");
							}}
						>
							<AddRegular aria-hidden />
							<span>{item.name}</span>
							<small>
								{item.category} · {item.key}
							</small>
						</button>
					</li>
				))}
				{found.length === 0 && <li className={css.hint}>No name has these words.</li>}
				{found.length > most && <li className={css.hint}>{found.length - most} more: type another word.</li>}
			</ul>
		</div>
	);
}

/** find lists the items that have every word, those whose key or name begins with the text first. */
export function find(items: SchemaItem[], text: string): SchemaItem[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return [];
	const rank = (item: SchemaItem) => {
		const first = words[0] ?? "";
		return item.key.startsWith(first) || item.name.toLowerCase().startsWith(first) ? 0 : 1;
	};
	return items
		.filter((item) => {
			const all = `${item.key} ${item.name} ${item.category}`.toLowerCase();
			return words.every((w) => all.includes(w));
		})
		.sort((a, b) => rank(a) - rank(b) || a.key.length - b.key.length);
}

/** measureName is the name of a measure in any of its forms: "poor", {"p95":"jitter"}, {"measure":"poor","as":"x"}. */
export function measureName(m: unknown): string {
	if (typeof m === "string") return m;
	const [entry] = Object.entries((m ?? {}) as Record<string, unknown>);
	if (!entry) return "";
	const named = (m as { measure?: unknown }).measure;
	return typeof named === "string" ? named : `${entry[0]}.${String(entry[1])}`;
}
