import { CallConnectingRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Call, Overview } from "../api/client";
import { useCalls, useOverview } from "../api/queries";
import { count, percent, plural } from "../format/number";
import { ago, span } from "../format/time";
import { Card } from "../parts/card";
import look from "../parts/chart-look.module.css";
import { Page } from "../parts/page";
import { ranges, Segmented } from "../parts/segmented";
import { Empty, Failure, Loading } from "../parts/state";
import { callsHref } from "../route";
import css from "./overview.module.css";
import { barsOf } from "./overview-bars";
import { Share } from "./overview-share";
import { OverviewTable } from "./overview-table";
import { RecentCalls } from "./recent-calls";

const OverviewChart = lazy(() => import("./overview-chart"));

/** Above this per cent of poor streams, the figure is shown as a warning: the target for all internal audio. */
const poorTarget = 2;

export function OverviewPage() {
	const [hours, setHours] = useState(24);
	const overview = useOverview(hours);
	return (
		<Page
			title="Call quality"
			note={overview.data && <Freshness of={overview.data} />}
			controls={<Segmented label="Time range" value={hours} options={ranges} onChange={setHours} />}
		>
			{overview.isPending ? (
				<Loading label="Reading the archive" />
			) : overview.isError ? (
				<Failure error={overview.error} onRetry={() => void overview.refetch()} />
			) : (
				<Content overview={overview.data} hours={hours} />
			)}
		</Page>
	);
}

function Content({ overview, hours }: { overview: Overview; hours: number }) {
	const [view, setView] = useState<"chart" | "table">("chart");
	const bars = useMemo(() => barsOf(overview.hours), [overview.hours]);
	const poor = useCalls({ user: "", verdict: "poor", hours, limit: 5 });
	const latest = useCalls({ user: "", verdict: "", hours, limit: 5 });
	if (overview.totals.calls === 0) {
		return (
			<Card title="Streams by hour">
				<Empty icon={<CallConnectingRegular />} title="No calls in this time">
					{overview.freshness.lastCall === null
						? "The archive is empty. Sign in with two clients and call one from the other: the call appears here within seconds of its end."
						: `The newest call began ${ago(overview.freshness.lastCall)}. Pick a longer range to see it.`}
				</Empty>
			</Card>
		);
	}
	const byDay = bars[0]?.day === true;
	return (
		<>
			<Tiles overview={overview} hours={hours} />
			<Card
				title={byDay ? "Streams by day" : "Streams by hour"}
				note={`Classified by ${overview.classifier}`}
				actions={
					<Segmented
						label="Show as"
						value={view}
						options={[
							{ value: "chart", label: "Chart" },
							{ value: "table", label: "Table" },
						]}
						onChange={setView}
					/>
				}
			>
				{view === "table" ? (
					<OverviewTable bars={bars} />
				) : (
					<>
						<div className={css.chart}>
							<Suspense fallback={<Loading label="Drawing" />}>
								<OverviewChart bars={bars} />
							</Suspense>
						</div>
						<Legend />
					</>
				)}
			</Card>
			<CallsCard
				title="Latest poor calls"
				link="All poor calls"
				href={callsHref({ verdict: "poor", hours: String(hours) })}
				calls={poor.data?.pages[0]?.calls ?? []}
			/>
			<CallsCard
				title="Latest calls"
				link="All calls"
				href={callsHref({ hours: String(hours) })}
				calls={latest.data?.pages[0]?.calls ?? []}
			/>
		</>
	);
}

function CallsCard(props: { title: string; link: string; href: string; calls: Call[] }) {
	if (props.calls.length === 0) return null;
	return (
		<Card title={props.title} actions={<a href={props.href}>{props.link}</a>} flush>
			<RecentCalls calls={props.calls} label={props.title} />
		</Card>
	);
}

function Freshness({ of: { freshness } }: { of: Overview }) {
	const parts = [freshness.lastCall === null ? "No call yet" : `Newest call ${ago(freshness.lastCall)}`];
	if (freshness.pending > 0) {
		parts.push(`${plural(freshness.pending, "report")} on the way for ${span(freshness.lagSeconds * 1000)}`);
	}
	if (freshness.quarantined > 0) parts.push(`${plural(freshness.quarantined, "stream")} set aside for wrong clocks`);
	return parts.join(" · ");
}

function Tiles({ overview: { totals, previous }, hours }: { overview: Overview; hours: number }) {
	const before = `the ${ranges.find((r) => r.value === hours)?.label ?? ""} before`;
	const hasInterval = totals.poorPercentLow !== null && totals.poorPercentHigh !== null;
	const classified = totals.streams.good + totals.streams.poor;
	return (
		<dl className={css.tiles}>
			<div className={css.tile}>
				<dt>Calls</dt>
				<dd className={css.value}>{count(totals.calls)}</dd>
				<dd className={css.more}>{change(totals.calls, previous.calls, before)}</dd>
			</div>
			<div className={css.tile}>
				<dt>Poor streams</dt>
				<dd className={`${css.value} ${(totals.poorPercent ?? 0) > poorTarget ? css.high : ""}`}>
					{percent(totals.poorPercent)}
				</dd>
				<dd className={css.more}>
					{hasInterval
						? `${percent(totals.poorPercentLow)} to ${percent(totals.poorPercentHigh)} at 95 % confidence`
						: "No stream could be classified"}
				</dd>
			</div>
			<div className={css.tile}>
				<dt>Poor streams before</dt>
				<dd className={css.value}>{percent(previous.poorPercent)}</dd>
				<dd className={css.more}>{trend(totals.poorPercent, previous.poorPercent, before)}</dd>
			</div>
			<div className={css.tile}>
				<dt>Streams</dt>
				<dd>
					<Share counts={totals.streams} />
				</dd>
				<dd className={css.more}>
					{count(classified)} classified, {count(totals.streams.unclassified)} not
				</dd>
			</div>
		</dl>
	);
}

function change(now: number, before: number, when: string): string {
	if (before === 0) return `None in ${when}`;
	const by = Math.round((100 * (now - before)) / before);
	return by === 0 ? `As many as ${when}` : `${by > 0 ? "+" : "−"}${Math.abs(by)} % on ${when}`;
}

function trend(now: number | null, before: number | null, when: string): string {
	if (before === null) return `Nothing classified in ${when}`;
	if (now === null) return `In ${when}`;
	const points = now - before;
	if (Math.abs(points) < 0.05) return `Unchanged since ${when}`;
	return `${points > 0 ? "Worse" : "Better"} by ${Math.abs(points).toFixed(1)} points since`;
}

function Legend() {
	return (
		<ul className={look.legend} aria-hidden>
			<li>
				<span className={`${css.key} ${css.good}`} />
				Good
			</li>
			<li>
				<span className={`${css.key} ${css.unclassified}`} />
				Unclassified
			</li>
			<li>
				<span className={`${css.key} ${css.poor}`} />
				Poor
			</li>
			<li>
				<span className={`${css.key} ${css.lineKey}`} />
				Poor per cent
			</li>
		</ul>
	);
}
