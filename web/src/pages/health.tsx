import type { Health } from "../api/client";
import { useHealth } from "../api/queries";
import { bytes, count } from "../format/number";
import { ago, full, span } from "../format/time";
import { Card } from "../parts/card";
import { Page } from "../parts/page";
import { Failure, Loading } from "../parts/state";
import css from "./health.module.css";
import { Checks, Listeners } from "./health-checks";
import { CollectorTable, QueueTable } from "./health-tables";
import { StatusIcon } from "./status";

const summaries: Record<Health["status"], string> = {
	ok: "Everything works",
	warning: "Working, but something needs attention",
	failing: "Something does not work",
};

export function HealthPage() {
	const health = useHealth();
	return (
		<Page title="Health" note={health.data && `${health.data.node}, seen ${ago(health.data.asOf)}`}>
			{health.isPending ? (
				<Loading label="Asking the server" />
			) : health.isError ? (
				<Failure error={health.error} onRetry={() => void health.refetch()} />
			) : (
				<Content health={health.data} />
			)}
		</Page>
	);
}

function Content({ health }: { health: Health }) {
	const worst = health.checks.find((check) => check.status === health.status && check.status !== "ok");
	return (
		<>
			<div className={`${css.banner} ${css[health.status]}`} role="status">
				<StatusIcon status={health.status} />
				<div>
					<strong>{summaries[health.status]}</strong>
					{worst ? `${worst.name}: ${worst.detail}` : `Up for ${span(Date.now() - Date.parse(health.started))}`}
				</div>
			</div>
			<div className={css.columns}>
				<div className={css.column}>
					<Checks checks={health.checks} />
					<QueueTable queues={health.queues} />
					<CollectorTable collectors={health.collectors} />
				</div>
				<div className={css.column}>
					<Listeners listeners={health.listeners} />
					<About health={health} />
				</div>
			</div>
		</>
	);
}

function About({ health }: { health: Health }) {
	return (
		<Card title="This server">
			<dl className={css.facts}>
				<dt>Version</dt>
				<dd>
					{health.version} ({health.build}, {health.goVersion})
				</dd>
				<dt>Up since</dt>
				<dd>
					{full(health.started)}, for {span(Date.now() - Date.parse(health.started))}
				</dd>
				{health.storage.map((store) => (
					<Stored key={store.name} store={store} />
				))}
				{health.collectors.length > 0 && (
					<>
						<dt>Reports taken</dt>
						<dd>{count(health.collectors.reduce((sum, collector) => sum + collector.accepted, 0))}</dd>
					</>
				)}
			</dl>
		</Card>
	);
}

function Stored({ store }: { store: Health["storage"][number] }) {
	return (
		<>
			<dt>Disk, {store.name}</dt>
			<dd>
				{bytes(store.bytes)} used{store.freeBytes !== null && `, ${bytes(store.freeBytes)} free`}
			</dd>
		</>
	);
}
