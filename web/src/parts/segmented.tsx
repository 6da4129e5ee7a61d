import { type ReactNode, useId } from "react";
import css from "./segmented.module.css";

/** Segmented is a choice of one among few, all in sight. */
export function Segmented<T extends string | number>(props: {
	label: string;
	value: T;
	options: { value: T; label: ReactNode }[];
	onChange: (value: T) => void;
}) {
	const name = useId();
	return (
		<fieldset className={css.group}>
			<legend className="unseen">{props.label}</legend>
			{props.options.map((option) => (
				<label className={css.option} key={option.value}>
					<input
						type="radio"
						name={name}
						checked={option.value === props.value}
						onChange={() => props.onChange(option.value)}
					/>
					{option.label}
				</label>
			))}
		</fieldset>
	);
}

/** Time ranges that a reader can pick, by hours. */
export const ranges = [
	{ value: 6, label: "6 h" },
	{ value: 24, label: "24 h" },
	{ value: 72, label: "3 days" },
	{ value: 168, label: "7 days" },
	{ value: 720, label: "30 days" },
];
