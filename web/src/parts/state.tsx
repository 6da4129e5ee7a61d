import { Button, Spinner } from "@fluentui/react-components";
import { ErrorCircle24Regular } from "@fluentui/react-icons";
import type { ReactElement, ReactNode } from "react";
import { ApiError } from "../api/client";
import css from "./state.module.css";

export function Loading({ label, page = false }: { label: string; page?: boolean }) {
	return (
		<div className={`${css.state} ${page ? css.page : ""}`}>
			<Spinner label={label} labelPosition="below" />
		</div>
	);
}

/** Empty says why there is nothing and what to do about it. */
export function Empty({ icon, title, children }: { icon: ReactElement; title: string; children: ReactNode }) {
	return (
		<div className={css.state}>
			<div className={css.icon} aria-hidden>
				{icon}
			</div>
			<div className={css.title}>{title}</div>
			<div className={css.text}>{children}</div>
		</div>
	);
}

/** Failure shows the server's own reason. */
export function Failure({ error, onRetry, page = false }: { error: Error; onRetry?: () => void; page?: boolean }) {
	return (
		<div className={`${css.state} ${page ? css.page : ""}`} role="alert">
			<div className={`${css.icon} ${css.failed}`} aria-hidden>
				<ErrorCircle24Regular />
			</div>
			<div className={css.title}>{error instanceof ApiError ? error.title : "The page has a fault"}</div>
			<div className={css.text}>{error.message}</div>
			{onRetry && (
				<Button className={css.action ?? ""} onClick={onRetry}>
					Try again
				</Button>
			)}
		</div>
	);
}
