import type { Schema } from "../api/client";
import { clockSeconds } from "../format/time";
import { Card } from "../parts/card";
import css from "./call.module.css";

/** Timeline tells what happened during a call, by the time since its start. */
export function Timeline({ events, start }: { events: Schema["TimelineEvent"][]; start: string }) {
	return (
		<Card title="Timeline">
			<ol className={css.timeline}>
				{events.map((event) => (
					<li className={css.event} data-kind={event.kind} key={event.at + event.what}>
						<time className={css.offset} dateTime={event.at} title={clockSeconds(event.at)}>
							{offset(Date.parse(event.at) - Date.parse(start))}
						</time>
						<span className={css.rail} aria-hidden />
						<div>
							<div className={css.eventWhat}>{event.what}</div>
							<div className={css.eventDetail}>{event.detail}</div>
						</div>
					</li>
				))}
			</ol>
		</Card>
	);
}

/** offset is the time since the start, exact where it matters: set-up takes milliseconds, talk minutes. */
export function offset(milliseconds: number): string {
	const sign = milliseconds < 0 ? "−" : "+";
	const ms = Math.abs(milliseconds);
	if (ms < 1000) return `${sign}${ms} ms`;
	if (ms < 60_000) return `${sign}${(ms / 1000).toFixed(2)} s`;
	return `${sign}${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1000)).padStart(2, "0")}`;
}
