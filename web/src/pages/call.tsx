import { ChevronLeftRegular } from "@fluentui/react-icons";
import { lazy, Suspense } from "react";
import type { CallDetails } from "../api/client";
import { useCall } from "../api/queries";
import { nameOf, outcome } from "../format/call";
import { duration, full } from "../format/time";
import { Card } from "../parts/card";
import { Page } from "../parts/page";
import { Failure, Loading } from "../parts/state";
import { VerdictPill } from "../parts/verdict";
import css from "./call.module.css";
import { CallPath } from "./call-path";
import { Ratings } from "./call-ratings";
import { Timeline } from "./call-timeline";
import { Translations } from "./call-translations";
import { LegCard } from "./leg-card";

const LossRunsChart = lazy(() => import("./loss-runs-chart"));

export function CallPage({ id }: { id: string }) {
	const call = useCall(id);
	return (
		<>
			<a className={css.back} href="#/Calls">
				<ChevronLeftRegular aria-hidden />
				Calls
			</a>
			{call.isPending ? (
				<Page title="Call">
					<Loading label="Reading the call" />
				</Page>
			) : call.isError ? (
				<Page title="Call">
					<Failure error={call.error} onRetry={() => void call.refetch()} />
				</Page>
			) : (
				<Details details={call.data} />
			)}
		</>
	);
}

function Details({ details }: { details: CallDetails }) {
	const { call } = details;
	const counted = details.legs.some((leg) => leg.streams.some((stream) => stream.lossRuns.length > 0));
	return (
		<Page title={`${nameOf(call.caller)} → ${nameOf(call.callee)}`} note={<Facts details={details} />}>
			<Card title="Path of the media" note={`Verdicts by ${details.classifier}`}>
				<CallPath details={details} />
			</Card>
			{details.legs.length > 0 && (
				<div className={css.columns}>
					{details.legs.map((leg) => (
						<LegCard key={leg.callId + leg.role} leg={leg} />
					))}
				</div>
			)}
			{counted && (
				<Card
					title="Packets lost in a row"
					note="A single lost packet is concealed and not heard; the longer the run, the longer the gap in the speech."
				>
					<Suspense fallback={<Loading label="Drawing" />}>
						<LossRunsChart legs={details.legs} />
					</Suspense>
				</Card>
			)}
			<Translations translations={details.translations} />
			<div className={css.columns}>
				{details.timeline.length > 0 && <Timeline events={details.timeline} start={call.started} />}
				<div>
					<Identity details={details} />
				</div>
			</div>
			{details.ratings.length > 0 && <Ratings ratings={details.ratings} />}
		</Page>
	);
}

function Facts({ details: { call, hungUpBy, reason } }: { details: CallDetails }) {
	const ended = hungUpBy ? `ended by the ${hungUpBy}` : "";
	return (
		<div className={css.facts}>
			<span>
				<VerdictPill verdict={call.verdict} />
			</span>
			<time dateTime={call.started}>{full(call.started)}</time>
			<span>{outcome(call)}</span>
			{call.seconds > 0 && <span>{duration(call.seconds)}</span>}
			{ended && <span>{ended}</span>}
			{reason && <span>{reason}</span>}
		</div>
	);
}

/** Identity is what finds the call in logs, traces and the clients' own files. */
function Identity({ details }: { details: CallDetails }) {
	return (
		<Card title="Identity">
			<dl className={css.ids}>
				<dt>Call</dt>
				<dd>{details.call.id}</dd>
				{details.legs.map((leg) => (
					<Row key={leg.role} name={`Call-ID, ${leg.role}'s leg`} value={leg.callId} />
				))}
				<Row name="Caller" value={details.call.caller.address} />
				<Row name="Caller's client" value={details.call.caller.userAgent} />
				<Row name="Callee" value={details.call.callee.address} />
				<Row name="Callee's client" value={details.call.callee.userAgent} />
			</dl>
		</Card>
	);
}

function Row({ name, value }: { name: string; value: string }) {
	if (value === "") return null;
	return (
		<>
			<dt>{name}</dt>
			<dd style={{ overflowWrap: "anywhere" }}>{value}</dd>
		</>
	);
}
