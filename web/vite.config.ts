import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The page is served below /CQD/, as the dashboard that administrators know. What changes seldom (libraries) and what is
// needed seldom (charts) are files of their own, so that a new version of the portal is a small download.
export default defineConfig({
	base: "/CQD/",
	plugins: [react()],
	build: {
		outDir: "../internal/portal/dist",
		emptyOutDir: true,
		target: "es2022",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		license: { fileName: "licenses.md" },
		chunkSizeWarningLimit: 800,
		rolldownOptions: {
			output: {
				codeSplitting: {
					groups: [
						{ name: "charts", test: /node_modules[\\/](echarts|zrender|tslib)[\\/]/, priority: 2 },
						{ name: "libraries", test: /node_modules/, priority: 1 },
					],
				},
			},
		},
	},
	test: {
		environment: "happy-dom",
		include: ["src/**/*.test.{ts,tsx}"],
		setupFiles: ["./test/setup.ts"],
		restoreMocks: true,
	},
});
