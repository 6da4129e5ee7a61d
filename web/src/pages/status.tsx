import { CheckmarkCircleFilled, DismissCircleFilled, WarningFilled } from "@fluentui/react-icons";
import type { Status } from "../api/client";
import css from "./health.module.css";

const labels: Record<Status, string> = { ok: "OK", warning: "Warning", failing: "Failing" };

export function StatusIcon({ status }: { status: Status }) {
	switch (status) {
		case "ok":
			return <CheckmarkCircleFilled aria-hidden />;
		case "warning":
			return <WarningFilled aria-hidden />;
		case "failing":
			return <DismissCircleFilled aria-hidden />;
	}
}

export function StatusPill({ status }: { status: Status }) {
	return (
		<span className={`${css.status} ${css[status]}`}>
			<StatusIcon status={status} />
			{labels[status]}
		</span>
	);
}
