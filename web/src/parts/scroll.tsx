import type { ReactNode } from "react";
import table from "./table.module.css";

/** Scroll lets a table that is wider than the screen scroll by itself, by keyboard too. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div className={table.scroll} role="group" aria-label={label} tabIndex={0}>
			{children}
		</div>
	);
}
