import { DocumentSearch24Regular } from "@fluentui/react-icons";
import { useReports } from "../../api/reports";
import { Empty, Failure, Loading } from "../../parts/state";
import type { ReportPlace } from "../../route";
import { Designer } from "./designer";
import { ReportView } from "./report";
import css from "./reports.module.css";
import { StreamsView } from "./streams";
import { Tree } from "./tree";
import { Versions } from "./versions";

/** ReportsPage shows the tree of reports beside one of them. */
export function ReportsPage({ place, rights }: { place: ReportPlace; rights: string[] }) {
	const reports = useReports();
	if (reports.isPending) return <Loading label="Reading the reports" />;
	if (reports.isError) return <Failure error={reports.error} onRetry={() => void reports.refetch()} />;
	const id = place.id || reports.data.find((r) => !r.parent)?.id;
	const here = { ...place, id: id ?? "" };
	const author = rights.includes("author");
	return (
		<div className={place.view === "edit" ? css.whole : css.split}>
			{place.view !== "edit" && <Tree reports={reports.data} current={here.id} rights={rights} />}
			<div className={css.report}>
				{id === undefined ? (
					<Empty icon={<DocumentSearch24Regular />} title="No reports">
						Make one, or import a file of reports.
					</Empty>
				) : place.view === "edit" ? (
					<Designer place={here} author={author} key={id} />
				) : place.view === "streams" ? (
					<StreamsView place={here} key={id} />
				) : place.view === "versions" ? (
					<Versions id={id} key={id} />
				) : (
					<ReportView place={here} author={author} key={id} />
				)}
			</div>
		</div>
	);
}
