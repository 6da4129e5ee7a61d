import { SearchBox } from "@fluentui/react-components";
import { CallProhibited24Regular } from "@fluentui/react-icons";
import { useEffect, useMemo, useState } from "react";
import { type CallQuery, useCalls } from "../api/queries";
import { plural } from "../format/number";
import { Page } from "../parts/page";
import { ranges, Segmented } from "../parts/segmented";
import { Empty, Failure, Loading } from "../parts/state";
import { callsHref, replaceRoute } from "../route";
import { CallGrid } from "./call-grid";
import css from "./calls.module.css";

/** How long typing has to pause before it is searched for. */
const typingPause = 250;

const verdicts = [
	{ value: "" as const, label: "All" },
	{ value: "good" as const, label: "Good" },
	{ value: "poor" as const, label: "Poor" },
	{ value: "unclassified" as const, label: "Unclassified" },
];

/** The filter lives in the address, so that a filtered list can be sent to somebody. */
function filterOf(query: URLSearchParams): CallQuery {
	const hours = Number(query.get("hours"));
	return {
		user: query.get("user") ?? "",
		verdict: verdicts.find((v) => v.value === query.get("verdict"))?.value ?? "",
		hours: ranges.some((r) => r.value === hours) ? hours : 24,
	};
}

export function CallsPage({ query }: { query: URLSearchParams }) {
	const filter = filterOf(query);
	const change = (part: Partial<CallQuery>) => {
		const next = { ...filter, ...part };
		replaceRoute(
			callsHref({ user: next.user, verdict: next.verdict, hours: next.hours === 24 ? "" : String(next.hours) }),
		);
	};
	const calls = useCalls(filter);
	const rows = useMemo(() => calls.data?.pages.flatMap((page) => page.calls) ?? [], [calls.data]);
	const classifier = calls.data?.pages[0]?.classifier;
	return (
		<Page
			title="Calls"
			note={classifier && `Newest first, classified by ${classifier}`}
			controls={
				<Segmented label="Time range" value={filter.hours} options={ranges} onChange={(hours) => change({ hours })} />
			}
		>
			<div className={css.card}>
				<search className={css.toolbar}>
					<UserSearch value={filter.user} onChange={(user) => change({ user })} />
					<Segmented
						label="Verdict"
						value={filter.verdict}
						options={verdicts}
						onChange={(verdict) => change({ verdict })}
					/>
				</search>
				{calls.isPending ? (
					<Loading label="Reading the archive" />
				) : calls.isError ? (
					<Failure error={calls.error} onRetry={() => void calls.refetch()} />
				) : rows.length === 0 && !calls.hasNextPage ? (
					<NoCalls filtered={filter.user !== "" || filter.verdict !== ""} />
				) : (
					<CallGrid
						calls={rows}
						more={calls.hasNextPage && !calls.isFetchingNextPage}
						onMore={() => void calls.fetchNextPage()}
					/>
				)}
				{rows.length > 0 && (
					<div className={css.foot} role="status">
						{plural(rows.length, "call")} shown{calls.hasNextPage ? "; scroll for more" : ""}
					</div>
				)}
			</div>
		</Page>
	);
}

function UserSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
	const [text, setText] = useState(value);
	useEffect(() => setText(value), [value]);
	useEffect(() => {
		if (text === value) return;
		const timer = setTimeout(() => onChange(text), typingPause);
		return () => clearTimeout(timer);
	}, [text, value, onChange]);
	return (
		<SearchBox
			className={css.search ?? ""}
			placeholder="Search by user"
			aria-label="Search by user"
			value={text}
			onChange={(_, data) => setText(data.value)}
		/>
	);
}

function NoCalls({ filtered }: { filtered: boolean }) {
	return (
		<Empty icon={<CallProhibited24Regular />} title={filtered ? "No call matches" : "No calls in this time"}>
			{filtered
				? "Search for another user, take another verdict or pick a longer range."
				: "Pick a longer range, or make a call between two signed-in clients: it appears here within seconds of its end."}
		</Empty>
	);
}
