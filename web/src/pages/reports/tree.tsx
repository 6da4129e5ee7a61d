import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import {
	AddRegular,
	ArrowResetRegular,
	ArrowUploadRegular,
	ChevronRightRegular,
	MoreHorizontalRegular,
} from "@fluentui/react-icons";
import { useMemo, useRef, useState } from "react";
import { change, type Report, useChange } from "../../api/reports";
import { plural } from "../../format/number";
import { reportHref } from "../../route";
import css from "./reports.module.css";

/** Tree lists the reports. The branch of the current one is open; others open and close by their arrow. */
export function Tree({ reports, current, rights }: { reports: Report[]; current: string; rights: string[] }) {
	const below = useMemo(() => {
		const map = new Map<string, Report[]>();
		for (const r of reports) map.set(r.parent ?? "", [...(map.get(r.parent ?? "") ?? []), r]);
		return map;
	}, [reports]);
	const above = useMemo(() => {
		const path = new Set<string>();
		for (let at = reports.find((r) => r.id === current); at; at = reports.find((r) => r.id === at?.parent)) {
			if (at.id === undefined || path.has(at.id)) break;
			path.add(at.id);
		}
		return path;
	}, [reports, current]);
	return (
		<nav className={css.tree} aria-label="Reports">
			<div className={css.treeHead}>
				<h2>Reports</h2>
				{rights.includes("author") && <TreeMenu administrator={rights.includes("administrator")} />}
			</div>
			<Branch parent="" below={below} above={above} current={current} />
		</nav>
	);
}

function Branch(props: { parent: string; below: Map<string, Report[]>; above: Set<string>; current: string }) {
	const list = props.below.get(props.parent) ?? [];
	return (
		<ul>
			{list.map((r) => (
				<Leaf key={r.id} report={r} {...props} />
			))}
		</ul>
	);
}

function Leaf({
	report,
	...props
}: {
	report: Report;
	below: Map<string, Report[]>;
	above: Set<string>;
	current: string;
}) {
	const id = report.id ?? "";
	const [chosen, setChosen] = useState<boolean>();
	const open = chosen ?? props.above.has(id);
	const children = props.below.has(id);
	return (
		<li>
			<div className={css.leaf}>
				{children ? (
					<button
						type="button"
						className={css.arrow}
						aria-expanded={open}
						aria-label={`What is below ${report.title}`}
						onClick={() => setChosen(!open)}
					>
						<ChevronRightRegular />
					</button>
				) : (
					<span className={css.arrow} />
				)}
				<a href={reportHref({ id })} aria-current={id === props.current ? "page" : undefined}>
					{report.title}
				</a>
			</div>
			{children && open && <Branch {...props} parent={id} />}
		</li>
	);
}

function TreeMenu({ administrator }: { administrator: boolean }) {
	const file = useRef<HTMLInputElement>(null);
	const [said, setSaid] = useState("");
	const create = useChange(change.create);
	const load = useChange(change.import);
	const restore = useChange(change.restore);
	const failed = create.error ?? load.error ?? restore.error;
	return (
		<>
			<Menu positioning="below-end">
				<MenuTrigger disableButtonEnhancement>
					<Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label="Make or import reports" />
				</MenuTrigger>
				<MenuPopover>
					<MenuList>
						<MenuItem
							icon={<AddRegular />}
							onClick={() =>
								create.mutate(
									{
										title: "New report",
										query: { time: { last: "P28D", grain: "day" }, measures: ["audio.good", "audio.unclassified", "audio.poor"] },
									},
									{
										onSuccess: (made) => {
											location.hash = reportHref({ id: made.id ?? "", view: "edit" });
										},
									},
								)
							}
						>
							New report
						</MenuItem>
						<MenuItem icon={<ArrowUploadRegular />} onClick={() => file.current?.click()}>
							Import a .cqdx or exported file
						</MenuItem>
						{administrator && (
							<MenuItem
								icon={<ArrowResetRegular />}
								onClick={() =>
									restore.mutate(undefined, { onSuccess: (done) => setSaid(`${plural(done.restored, "report")} restored`) })
								}
							>
								Restore the built-in reports
							</MenuItem>
						)}
					</MenuList>
				</MenuPopover>
			</Menu>
			<input
				ref={file}
				type="file"
				accept=".cqdx,.json"
				hidden
				aria-label="File of reports"
				onChange={(event) => {
					const picked = event.target.files?.[0];
					event.target.value = "";
					if (!picked) return;
					load.mutate(picked, {
						onSuccess: (done) => {
							setSaid(
								`${plural(done.reports.length, "report")} imported${done.lacking > 0 ? `; ${done.lacking} lack a name, which they tell` : ""}`,
							);
							const first = done.reports[0]?.id;
							if (first) location.hash = reportHref({ id: first });
						},
					});
				}}
			/>
			<div className={failed ? css.failed : css.said} role="status">
				{load.isPending ? "Importing…" : (failed?.message ?? said)}
			</div>
		</>
	);
}
