import { type ReactNode, useEffect } from "react";
import css from "./page.module.css";

/** Page is a page's heading, its controls and its parts below each other. */
export function Page(props: { title: string; note?: ReactNode; controls?: ReactNode; children: ReactNode }) {
	useEffect(() => {
		document.title = `${props.title} · Parley`;
	}, [props.title]);
	return (
		<>
			<div className={css.head}>
				<div>
					<h1 className={css.title} tabIndex={-1}>
						{props.title}
					</h1>
					{props.note && <div className={css.note}>{props.note}</div>}
				</div>
				{props.controls && <div className={css.controls}>{props.controls}</div>}
			</div>
			<div className={css.stack}>{props.children}</div>
		</>
	);
}
