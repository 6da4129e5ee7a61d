import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, api, must, problemOf, type Schema, token } from "./client";

export type Report = Schema["Report"];
export type ReportDetails = Schema["ReportDetails"];
export type Query = Schema["QualityQuery"];
export type Filter = Schema["QualityFilter"];
export type Result = Schema["QualityResult"];
export type Column = Schema["QualityColumn"];
export type SchemaItem = Schema["QualitySchemaItem"];
export type Cell = string | number | boolean | null;

const reportsKey = ["reports"] as const;

export function useReports() {
	return useQuery({
		queryKey: [...reportsKey, "tree"],
		queryFn: async ({ signal }) => must(await api.GET("/quality/reports", { signal })).reports,
	});
}

export function useReport(id: string) {
	return useQuery({
		queryKey: [...reportsKey, "one", id],
		queryFn: async ({ signal }) => must(await api.GET("/quality/reports/{id}", { params: { path: { id } }, signal })),
	});
}

export function useVersions(id: string) {
	return useQuery({
		queryKey: [...reportsKey, "versions", id],
		queryFn: async ({ signal }) =>
			must(await api.GET("/quality/reports/{id}/history", { params: { path: { id } }, signal })).reports,
	});
}

export function useCatalogue() {
	return useQuery({
		queryKey: ["quality", "schema"],
		staleTime: 300_000,
		queryFn: async ({ signal }) => must(await api.GET("/quality/schema", { signal })),
	});
}

/** useAnswer runs a query. Leaving the page or asking anew cancels the one on its way, on the server too. */
export function useAnswer(query: Query | undefined, kind: "query" | "drill" = "query") {
	return useQuery({
		queryKey: ["calls", kind, query],
		enabled: query !== undefined,
		staleTime: 30_000,
		placeholderData: keepPreviousData,
		queryFn: async ({ signal }) => {
			const result = must(
				kind === "query"
					? await api.POST("/quality/query", { body: query ?? {}, signal })
					: await api.POST("/quality/drill", { body: query ?? {}, signal }),
			) as Result;
			if (result.error) throw new ApiError(0, "The answer broke off", result.error);
			return result;
		},
	});
}

/** useChange runs a change of reports and reads them anew after it. */
export function useChange<A, R>(run: (argument: A) => Promise<R>) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: run,
		onSettled: () => client.invalidateQueries({ queryKey: reportsKey }),
	});
}

export const change = {
	create: async (body: Report) => must(await api.POST("/quality/reports", { body })),
	update: async (body: Report) =>
		must(await api.PUT("/quality/reports/{id}", { params: { path: { id: body.id ?? "" } }, body })),
	remove: async (id: string) => {
		await api.DELETE("/quality/reports/{id}", { params: { path: { id } } });
	},
	clone: async (id: string) =>
		must(await api.POST("/quality/reports/{id}/clone", { params: { path: { id } } })),
	revert: async ({ id, version }: { id: string; version: number }) =>
		must(await api.POST("/quality/reports/{id}/history", { params: { path: { id }, query: { version } } })),
	restore: async () => must(await api.POST("/quality/reports/defaults")),
	import: async (file: File) => {
		const response = await fetch("/api/v1/quality/reports/import", {
			method: "POST",
			headers: { "Content-Type": "application/json", "X-CSRF-Token": token() },
			body: file,
		});
		if (!response.ok) throw await problemOf(response);
		return (await response.json()) as Schema["ImportedReports"];
	},
};

/** download saves the answer of a query as CSV. */
export async function download(query: Query, name: string) {
	const response = await fetch("/api/v1/quality/query", {
		method: "POST",
		headers: { Accept: "text/csv", "Content-Type": "application/json", "X-CSRF-Token": token() },
		body: JSON.stringify(query),
	});
	if (!response.ok) throw await problemOf(response);
	const link = document.createElement("a");
	link.href = URL.createObjectURL(await response.blob());
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
}
