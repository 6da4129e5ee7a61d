import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ApiError, api, must, type Schema, type Session, setToken } from "./client";

/** Every answer is asked for again after a minute even if no event told of a change. */
const refetchInterval = 60_000;

export const hour = 3_600_000;

/** sessionKey is where the session is cached; null means that nobody is signed in. */
export const sessionKey = ["session"] as const;

export function useSession() {
	return useQuery({
		queryKey: sessionKey,
		staleTime: Number.POSITIVE_INFINITY,
		queryFn: async (): Promise<Session | null> => {
			try {
				const session = must(await api.GET("/session"));
				setToken(session.csrf);
				return session;
			} catch (error) {
				if (error instanceof ApiError && error.status === 401) return null;
				throw error;
			}
		},
	});
}

/** rangeStart is the beginning of the last so many hours, on a full hour so that every bar of a chart is whole. */
export function rangeStart(hours: number, now = Date.now()): string {
	return new Date(Math.floor(now / hour) * hour - (hours - 1) * hour).toISOString();
}

export function useOverview(hours: number) {
	return useQuery({
		queryKey: ["calls", "overview", hours],
		refetchInterval,
		placeholderData: keepPreviousData,
		queryFn: async ({ signal }) =>
			must(await api.GET("/quality/overview", { params: { query: { from: rangeStart(hours) } }, signal })),
	});
}

export interface CallQuery {
	user: string;
	verdict: "" | "good" | "poor" | "unclassified";
	hours: number;
	limit?: number;
}

export function useCalls({ user, verdict, hours, limit = 100 }: CallQuery) {
	return useInfiniteQuery({
		queryKey: ["calls", "list", user, verdict, hours, limit],
		refetchInterval,
		placeholderData: keepPreviousData,
		initialPageParam: "",
		getNextPageParam: (page: Schema["CallPage"]) => page.next,
		queryFn: async ({ pageParam, signal }) =>
			must(
				await api.GET("/quality/calls", {
					params: {
						query: {
							from: rangeStart(hours),
							limit,
							...(user && { user }),
							...(verdict && { verdict }),
							...(pageParam && { cursor: pageParam }),
						},
					},
					signal,
				}),
			),
	});
}

export function useCall(id: string) {
	return useQuery({
		queryKey: ["calls", "one", id],
		queryFn: async ({ signal }) => must(await api.GET("/quality/calls/{id}", { params: { path: { id } }, signal })),
	});
}

export function usePeople(q: string) {
	return useQuery({
		queryKey: ["people", q],
		refetchInterval,
		placeholderData: keepPreviousData,
		queryFn: async ({ signal }) => must(await api.GET("/people", { params: { query: q ? { q } : {} }, signal })),
	});
}

export function useHealth() {
	return useQuery({
		queryKey: ["health"],
		refetchInterval: 15_000,
		queryFn: async ({ signal }) => must(await api.GET("/health", { signal })),
	});
}
