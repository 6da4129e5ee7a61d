import { FluentProvider } from "@fluentui/react-components";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useSession } from "./api/queries";
import { SignIn } from "./pages/sign-in";
import { Failure, Loading } from "./parts/state";
import { Shell } from "./shell/shell";
import { darkTheme, lightTheme, type Scheme, storedScheme, storeScheme } from "./theme";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function subscribe(onChange: () => void): () => void {
	systemDark.addEventListener("change", onChange);
	return () => systemDark.removeEventListener("change", onChange);
}

/** useScheme is the reader's choice, or what the system is set to until a choice was made. */
function useScheme(): [Scheme, (scheme: Scheme) => void] {
	const dark = useSyncExternalStore(subscribe, () => systemDark.matches);
	const [chosen, setChosen] = useState(storedScheme);
	const scheme = chosen ?? (dark ? "dark" : "light");
	useEffect(() => {
		document.documentElement.dataset.scheme = scheme;
	}, [scheme]);
	return [
		scheme,
		(next) => {
			storeScheme(next);
			setChosen(next);
		},
	];
}

export function App() {
	const [scheme, setScheme] = useScheme();
	return (
		<FluentProvider theme={scheme === "dark" ? darkTheme : lightTheme}>
			<Content scheme={scheme} onScheme={setScheme} />
		</FluentProvider>
	);
}

function Content({ scheme, onScheme }: { scheme: Scheme; onScheme: (scheme: Scheme) => void }) {
	const session = useSession();
	if (session.isPending) return <Loading label="Opening the portal" page />;
	if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} page />;
	if (session.data === null) return <SignIn />;
	return <Shell session={session.data} scheme={scheme} onScheme={onScheme} />;
}
