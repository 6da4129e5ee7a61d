import { Button } from "@fluentui/react-components";
import { change, useChange, useVersions } from "../../api/reports";
import { Card } from "../../parts/card";
import { Page } from "../../parts/page";
import { Scroll } from "../../parts/scroll";
import { Failure, Loading } from "../../parts/state";
import table from "../../parts/table.module.css";
import { reportHref } from "../../route";
import css from "./reports.module.css";

/** Versions lists what a report was before, and brings one of them back. */
export function Versions({ id }: { id: string }) {
	const versions = useVersions(id);
	const revert = useChange(change.revert);
	if (versions.isPending) return <Loading label="Reading the versions" />;
	if (versions.isError) return <Failure error={versions.error} onRetry={() => void versions.refetch()} />;
	const [now] = versions.data;
	return (
		<Page title={`Versions of ${now?.title ?? "the report"}`} note={<a href={reportHref({ id })}>Back to the report</a>}>
			<Card title="Newest first" note="The last 50 versions are kept" flush>
				{revert.error && (
					<p className={css.failed} role="alert">
						{revert.error.message}
					</p>
				)}
				<Scroll label="Versions">
					<table className={table.table}>
						<thead>
							<tr>
								{["Version", "Title", "Changed", "By", "Bring back"].map((name) => (
									<th scope="col" key={name}>
										{name}
									</th>
								))}
							</tr>
						</thead>
						<tbody>
							{versions.data.map((v, n) => (
								<tr key={v.version}>
									<td>{v.version === 0 ? "As shipped" : v.version}</td>
									<td>{v.title}</td>
									<td>{v.version === 0 || !v.changed ? "–" : new Date(v.changed).toLocaleString("en-GB")}</td>
									<td>{v.changedBy ?? "–"}</td>
									<td>
										{n > 0 && now?.mayChange && (
											<Button
												size="small"
												disabled={revert.isPending}
												onClick={() =>
													revert.mutate(
														{ id, version: v.version ?? 0 },
														{
															onSuccess: () => {
																location.hash = reportHref({ id });
															},
														},
													)
												}
											>
												Bring back
											</Button>
										)}
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</Scroll>
			</Card>
		</Page>
	);
}
