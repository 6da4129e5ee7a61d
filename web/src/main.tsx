import "@fontsource-variable/inter/wght.css";
import "./global.css";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { sessionKey } from "./api/queries";
import { App } from "./app";

const client: QueryClient = new QueryClient({
	defaultOptions: {
		queries: {
			staleTime: 5_000,
			// The server may be on this computer or network: that the internet is not reached says nothing.
			networkMode: "always",
			// What the server answered is not answered differently at once; only an unreached server is asked again.
			retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 0,
		},
		mutations: { networkMode: "always" },
	},
	queryCache: new QueryCache({
		onError: (error) => {
			// The session ended while the page was open: back to the sign-in.
			if (error instanceof ApiError && error.status === 401) client.setQueryData(sessionKey, null);
		},
	}),
});

const page = document.getElementById("page");
if (page === null) throw new Error("BUG: index.html has no element called page");
createRoot(page).render(
	<StrictMode>
		<QueryClientProvider client={client}>
			<App />
		</QueryClientProvider>
	</StrictMode>,
);
