import { type ReactNode, useId } from "react";
import css from "./card.module.css";

/** Card is a titled part of a page. A flush one leaves the space at its sides to its content, as tables want. */
export function Card(props: {
	title: string;
	note?: string;
	actions?: ReactNode;
	flush?: boolean;
	children: ReactNode;
}) {
	const id = useId();
	return (
		<section className={css.card} aria-labelledby={id}>
			<div className={css.head}>
				<div>
					<h2 className={css.title} id={id}>
						{props.title}
					</h2>
					{props.note && <p className={css.note}>{props.note}</p>}
				</div>
				{props.actions}
			</div>
			<div className={props.flush ? css.flush : css.body}>{props.children}</div>
		</section>
	);
}
