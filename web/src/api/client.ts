import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];
export type Session = Schema["Session"];
export type Overview = Schema["Overview"];
export type Call = Schema["Call"];
export type CallDetails = Schema["CallDetails"];
export type Leg = Schema["Leg"];
export type Stream = Schema["Stream"];
export type Metric = Schema["Metric"];
export type Party = Schema["Party"];
export type Person = Schema["Person"];
export type Endpoint = Schema["Endpoint"];
export type Health = Schema["Health"];
export type Verdict = Schema["Verdict"];
export type Counts = Schema["Counts"];
export type Dialect = Schema["Dialect"];
export type Status = Schema["Status"];

/** ApiError is an answer other than success; its message is the server's own explanation. */
export class ApiError extends Error {
	readonly status: number;
	readonly title: string;

	constructor(status: number, title: string, detail: string) {
		super(detail);
		this.name = "ApiError";
		this.status = status;
		this.title = title;
	}
}

/** The token that the server wants with each change; part of the session. */
let csrf = "";

export function setToken(token: string) {
	csrf = token;
}

/** token is what setToken was given, for requests that the client does not make. */
export function token(): string {
	return csrf;
}

export const api = createClient<paths>({ baseUrl: "/api/v1" });

api.use({
	onRequest({ request }) {
		if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrf);
		return request;
	},
	async onResponse({ response }) {
		if (!response.ok) throw await problemOf(response);
		return response;
	},
	onError({ error }) {
		if (error instanceof ApiError || (error instanceof Error && error.name === "AbortError")) return error;
		return new ApiError(
			0,
			"Server not reached",
			"The server does not answer. Check that it runs and that this computer is connected.",
		);
	},
});

/** problemOf reads an RFC 9457 problem; anything else that answered in the server's place is told by its status. */
export async function problemOf(response: Response): Promise<ApiError> {
	if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) {
		const problem = (await response.json()) as Schema["Problem"];
		return new ApiError(problem.status, problem.title, problem.detail);
	}
	return new ApiError(response.status, "Unexpected answer", `The server answered with status ${response.status}.`);
}

/** must is the data of a request that did not throw. */
export function must<T>(result: { data?: T | undefined }): T {
	if (result.data === undefined) throw new ApiError(0, "Unexpected answer", "The server's answer was empty.");
	return result.data;
}
