import { Avatar, type AvatarProps } from "@fluentui/react-components";
import type { ReactNode } from "react";
import css from "./party.module.css";

/** PersonLine is a person's face, name and one more line. */
export function PersonLine(props: {
	name: string;
	more: ReactNode;
	size?: AvatarProps["size"];
	badge?: AvatarProps["badge"];
}) {
	return (
		<div className={css.party}>
			<Avatar
				name={props.name}
				color="colorful"
				size={props.size ?? 32}
				aria-hidden
				{...(props.badge !== undefined && { badge: props.badge })}
			/>
			<div className={css.text}>
				<div className={css.name}>{props.name}</div>
				<div className={css.more}>{props.more}</div>
			</div>
		</div>
	);
}
