import { Button, Field, Input, Select, Switch, Textarea } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, DismissRegular } from "@fluentui/react-icons";
import { lazy, Suspense, useDeferredValue, useMemo, useState } from "react";
import {
	change,
	type Filter,
	type Query,
	type Report,
	type ReportDetails,
	type SchemaItem,
	useAnswer,
	useCatalogue,
	useChange,
	useReport,
} from "../../api/reports";
import { Card } from "../../parts/card";
import { Page } from "../../parts/page";
import { Segmented } from "../../parts/segmented";
import { Failure, Loading } from "../../parts/state";
import { type ReportPlace, reportHref } from "../../route";
import { and, asked, shownOf, spans } from "./ask";
import { Conditions } from "./conditions";
import css from "./designer.module.css";
import { measureName, NamePicker } from "./name-picker";
import { ResultTable } from "./result-table";

const ResultChart = lazy(() => import("./result-chart"));

/** Designer changes a report; what is shown beside it is the answer to the query as it stands. */
export function Designer({ place, author }: { place: ReportPlace; author: boolean }) {
	const details = useReport(place.id);
	const catalogue = useCatalogue();
	if (details.isPending || catalogue.isPending) return <Loading label="Opening the designer" />;
	const error = details.error ?? catalogue.error;
	if (error || !details.data || !catalogue.data) {
		return <Failure error={error ?? new Error("The report is gone.")} onRetry={() => void details.refetch()} />;
	}
	return (
		<Form
			details={details.data}
			author={author}
			dimensions={catalogue.data.dimensions}
			measures={catalogue.data.measures}
			classifiers={catalogue.data.classifiers}
		/>
	);
}

/** conditionsOf are those that must all hold; a filter of another form is one condition that is shown as it is. */
export function conditionsOf(filter: Filter | undefined): Filter[] {
	return filter === undefined ? [] : (filter.and ?? [filter]);
}

function Form(props: {
	details: ReportDetails;
	author: boolean;
	dimensions: SchemaItem[];
	measures: SchemaItem[];
	classifiers: { name: string; text: string }[];
}) {
	const { details } = props;
	const [report, setReport] = useState<Report>(details.report);
	const [live, setLive] = useState(true);
	const query = report.query ?? {};
	const dataset = query.dataset || "streams";
	const set = (part: Partial<Report>) => setReport({ ...report, ...part });
	const ask = (part: Partial<Query>) => set({ query: { ...query, ...part } });
	const time = (part: Record<string, string>) => {
		const next = { ...query.time, ...part };
		if (next.grain === "") delete next.grain;
		ask({ time: next });
	};
	const save = useChange(change.update);
	const here = useMemo(() => inherited(details), [details]);
	const preview = useDeferredValue(
		useMemo(() => {
			const filter = and(...(report.inherits ? here : []), query.filter);
			const { filter: _, ...rest } = query;
			return asked({ ...rest, ...(filter ? { filter } : {}) }, { id: "" });
		}, [query, report.inherits, here]),
	);
	const runnable = (query.measures ?? []).length > 0;
	const answer = useAnswer(live && runnable ? preview : undefined);
	const shown = useMemo(() => (answer.data ? shownOf(answer.data) : undefined), [answer.data]);
	const usable = (items: SchemaItem[]) => items.filter((i) => i.allowed && i.datasets.includes(dataset));
	return (
		<Page
			title={`Edit ${details.report.title}`}
			note={
				details.report.builtIn
					? "A built-in report: everybody sees your change, and it can be restored."
					: "The preview asks the archive as you change the report."
			}
			controls={
				<>
					<Button as="a" href={reportHref({ id: report.id ?? "" })}>
						Cancel
					</Button>
					<Button
						appearance="primary"
						disabled={save.isPending || report.title.trim() === ""}
						onClick={() =>
							save.mutate(report, {
								onSuccess: () => {
									location.hash = reportHref({ id: report.id ?? "" });
								},
							})
						}
					>
						{save.isPending ? "Saving…" : "Save"}
					</Button>
				</>
			}
		>
			{save.error && (
				<p className={css.failed} role="alert">
					{save.error.message}
				</p>
			)}
			<div className={css.columns}>
				<div className={css.form}>
					<Card title="Report">
						<Field label="Title" required>
							<Input value={report.title} maxLength={200} onChange={(_, d) => set({ title: d.value })} />
						</Field>
						<Field label="Description">
							<Textarea
								value={report.description ?? ""}
								maxLength={8000}
								rows={3}
								onChange={(_, d) => set({ description: d.value })}
							/>
						</Field>
						{props.author && !details.report.builtIn && (
							<>
								<Field label="Who sees it">
									<Select value={report.sharing ?? "personal"} onChange={(_, d) => set({ sharing: d.value })}>
										<option value="personal">Only me</option>
										<option value="shared">Groups</option>
										<option value="published">Everybody who is signed in</option>
									</Select>
								</Field>
								{report.sharing === "shared" && (
									<Field label="Groups" hint="Names with commas between them">
										<Input
											value={(report.groups ?? []).join(", ")}
											onChange={(_, d) => set({ groups: d.value.split(",").map((g) => g.trim()).filter(Boolean) })}
										/>
									</Field>
								)}
							</>
						)}
						{report.parent && (
							<Switch
								label="Keep to the rows of the reports above"
								checked={report.inherits === true}
								onChange={(_, d) => set({ inherits: d.checked })}
							/>
						)}
					</Card>
					<Card title="What is counted">
						<div className={css.row}>
							<Field label="Rows">
								<Select value={dataset} onChange={(_, d) => ask({ dataset: d.value, dimensions: [], measures: [] })}>
									<option value="streams">Streams</option>
									<option value="calls">Calls</option>
									<option value="ratings">Ratings</option>
								</Select>
							</Field>
							<Field label="Time">
								<Select value={query.time?.last ?? "P7M"} onChange={(_, d) => time({ last: d.value })}>
									{spans.slice(1).map((s) => (
										<option key={s.value} value={s.value}>
											{s.label}
										</option>
									))}
									{!spans.some((s) => s.value === (query.time?.last ?? "P7M")) && <option>{query.time?.last}</option>}
								</Select>
							</Field>
							<Field label="Trend">
								<Select value={query.time?.grain ?? ""} onChange={(_, d) => time({ grain: d.value })}>
									<option value="">None</option>
									{["hour", "day", "week", "month", "year"].map((g) => (
										<option key={g} value={g}>
											By {g}
										</option>
									))}
								</Select>
							</Field>
							<Field label="Classifier">
								<Select
									value={typeof query.classifier === "string" ? query.classifier : ""}
									onChange={(_, d) => {
										const { classifier: _c, ...rest } = query;
										set({ query: d.value ? { ...rest, classifier: d.value } : rest });
									}}
								>
									<option value="">Default</option>
									{props.classifiers.map((c) => (
										<option key={c.name} value={c.name}>
											{c.text}
										</option>
									))}
								</Select>
							</Field>
						</div>
						<Chosen
							title="Dimensions"
							names={query.dimensions ?? []}
							text={(n) => props.dimensions.find((d) => d.key === n)?.name ?? n}
							onChange={(dimensions) => ask({ dimensions })}
						/>
						<NamePicker
							label="Add a dimension"
							items={usable(props.dimensions)}
							onPick={(key) => ask({ dimensions: [...(query.dimensions ?? []), key] })}
						/>
						<Chosen
							title="Measures"
							names={query.measures ?? []}
							text={(m) => measureText(m, props.measures)}
							onChange={(measures) => ask({ measures })}
						/>
						<NamePicker
							label="Add a measure"
							items={usable(props.measures)}
							onPick={(key) => ask({ measures: [...(query.measures ?? []), key] })}
						/>
						<Conditions
							conditions={conditionsOf(query.filter)}
							dimensions={usable(props.dimensions)}
							onChange={(list) => {
								const { filter: _, ...rest } = query;
								const filter = and(...list);
								set({ query: filter ? { ...rest, filter } : rest });
							}}
						/>
					</Card>
				</div>
				<Card
					title="Preview"
					actions={
						<div className={css.row}>
							<Switch label="Ask as I change it" checked={live} onChange={(_, d) => setLive(d.checked)} />
							<Segmented
								label="Show as"
								value={report.view?.as === "table" ? "table" : "chart"}
								options={[
									{ value: "chart", label: "Chart" },
									{ value: "table", label: "Table" },
								]}
								onChange={(as) => set({ view: { ...report.view, as } })}
							/>
						</div>
					}
				>
					{!runnable ? (
						<p className={css.hint}>Add a measure, and the answer appears here. Without one this is a set of reports.</p>
					) : answer.error ? (
						<Failure error={answer.error} />
					) : shown === undefined ? (
						live ? (
							<Loading label="Asking the archive" />
						) : (
							<p className={css.hint}>The preview is off.</p>
						)
					) : report.view?.as === "table" ? (
						<ResultTable shown={shown} view={report.view ?? {}} title={report.title} onPick={() => undefined} />
					) : (
						<Suspense fallback={<Loading label="Drawing" />}>
							<ResultChart shown={shown} view={report.view ?? {}} title={report.title} onPick={() => undefined} />
						</Suspense>
					)}
				</Card>
			</div>
		</Page>
	);
}

/** inherited are the conditions that the reports above add: those of the whole query that are not the report's own. */
function inherited(details: ReportDetails): Filter[] {
	const own = conditionsOf(details.report.query?.filter).length;
	const all = conditionsOf(details.query?.filter);
	return details.report.inherits ? all.slice(0, Math.max(0, all.length - own)) : [];
}

function measureText(m: unknown, measures: SchemaItem[]): string {
	const name = measureName(m);
	return measures.find((i) => i.key === name.split("@")[0])?.name ?? name;
}

/** Chosen lists what was chosen, in its order, which the buttons change. */
function Chosen<T>(props: { title: string; names: T[]; text: (name: T) => string; onChange: (names: T[]) => void }) {
	const move = (from: number, to: number) => {
		const next = [...props.names];
		next.splice(to, 0, ...next.splice(from, 1));
		props.onChange(next);
	};
	return (
		<section className={css.chosen}>
			<h3>{props.title}</h3>
			{props.names.length === 0 && <p className={css.hint}>None</p>}
			<ol>
				{props.names.map((name, n) => {
					const text = props.text(name);
					return (
						<li key={`${text}${n}`}>
							<span>{text}</span>
							<button type="button" aria-label={`Move ${text} up`} disabled={n === 0} onClick={() => move(n, n - 1)}>
								<ArrowUpRegular />
							</button>
							<button
								type="button"
								aria-label={`Move ${text} down`}
								disabled={n === props.names.length - 1}
								onClick={() => move(n, n + 1)}
							>
								<ArrowDownRegular />
							</button>
							<button
								type="button"
								aria-label={`Take ${text} away`}
								onClick={() => props.onChange(props.names.filter((_, i) => i !== n))}
							>
								<DismissRegular />
							</button>
						</li>
					);
				})}
			</ol>
		</section>
	);
}
