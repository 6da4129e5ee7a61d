import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError, api, problemOf, setToken } from "./client";
import { hour, rangeStart } from "./queries";

const fetched = vi.fn<(request: Request) => Promise<Response>>();

beforeEach(() => {
	fetched.mockReset();
	vi.stubGlobal("location", new URL("https://parley.test/CQD/"));
});
afterEach(() => vi.unstubAllGlobals());

const options = { baseUrl: "https://parley.test/api/v1", fetch: (request: Request) => fetched(request) };

it("throws the server's own explanation", async () => {
	const problem = { status: 403, title: "Not allowed", detail: "This is for administrators." };
	fetched.mockResolvedValue(
		new Response(JSON.stringify(problem), { status: 403, headers: { "Content-Type": "application/problem+json" } }),
	);
	await expect(api.GET("/health", options)).rejects.toMatchObject({ status: 403, message: problem.detail });
});

it("tells an answer that is none of the server's by its status", async () => {
	const error = await problemOf(new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } }));
	expect(error).toMatchObject({ status: 502, title: "Unexpected answer" });
});

it("tells a server that is not reached", async () => {
	fetched.mockRejectedValue(new TypeError("Failed to fetch"));
	const error = await api.GET("/health", options).catch((e: unknown) => e);
	expect(error).toBeInstanceOf(ApiError);
	expect(error).toMatchObject({ status: 0, title: "Server not reached" });
});

it("sends the token with changes only", async () => {
	fetched.mockImplementation(async () => new Response(null, { status: 204 }));
	setToken("secret");
	await api.DELETE("/session", options);
	await api.GET("/session", options);
	expect(fetched.mock.calls.map(([request]) => request.headers.get("X-CSRF-Token"))).toEqual(["secret", null]);
});

it("begins a range on a full hour", () => {
	const now = Date.parse("2026-11-22T12:34:56Z");
	expect(rangeStart(1, now)).toBe("2026-11-22T12:00:00.000Z");
	expect(rangeStart(24, now)).toBe("2026-11-21T13:00:00.000Z");
	expect(hour).toBe(3_600_000);
});
