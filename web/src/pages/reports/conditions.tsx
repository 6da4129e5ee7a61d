import { Input, Select } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import type { Filter, SchemaItem } from "../../api/reports";
import css from "./designer.module.css";
import { NamePicker } from "./name-picker";

const operators = [
	{ value: "in", label: "is one of" },
	{ value: "not_in", label: "is none of" },
	{ value: "contains", label: "contains" },
	{ value: "begins", label: "begins with" },
	{ value: "gt", label: "is above" },
	{ value: "ge", label: "is at least" },
	{ value: "lt", label: "is below" },
	{ value: "le", label: "is at most" },
	{ value: "in_subnet", label: "is in the subnet" },
	{ value: "null", label: "is blank" },
	{ value: "known", label: "is not blank" },
];

/** A condition as the form shows it; undefined for one that only its JSON can tell. */
interface Simple {
	dim: string;
	operator: string;
	text: string;
}

/** simple takes a condition of one comparison apart. */
export function simple(f: Filter): Simple | undefined {
	const keys = Object.keys(f).filter((k) => k !== "dim");
	const [op] = keys;
	if (f.dim === undefined || keys.length !== 1 || op === undefined) return undefined;
	const value = (f as Record<string, unknown>)[op];
	if (op === "null") return { dim: f.dim, operator: value === false ? "known" : "null", text: "" };
	const operator = op === "eq" ? "in" : op === "ne" ? "not_in" : op;
	if (!operators.some((o) => o.value === operator)) return undefined;
	return { dim: f.dim, operator, text: Array.isArray(value) ? value.join(", ") : String(value) };
}

/** condition is what simple took apart, with values of the dimension's type. */
export function condition({ dim, operator, text }: Simple, item: SchemaItem | undefined): Filter {
	const value = (s: string): string | number | boolean => {
		if (item?.type === "number" && s !== "" && !Number.isNaN(Number(s))) return Number(s);
		if (item?.type === "boolean" && (s === "true" || s === "false")) return s === "true";
		return s;
	};
	switch (operator) {
		case "null":
			return { dim, null: true };
		case "known":
			return { dim, null: false };
		case "in":
		case "not_in":
			return { dim, [operator]: text.split(",").map((s) => value(s.trim())) };
		default:
			return { dim, [operator]: value(text.trim()) };
	}
}

/** Conditions edits the conditions that must all hold. */
export function Conditions(props: {
	conditions: Filter[];
	dimensions: SchemaItem[];
	onChange: (conditions: Filter[]) => void;
}) {
	const replace = (at: number, by: Filter) => props.onChange(props.conditions.map((c, i) => (i === at ? by : c)));
	return (
		<section className={css.chosen}>
			<h3>Conditions</h3>
			{props.conditions.length === 0 && <p className={css.hint}>None: all rows</p>}
			<ol>
				{props.conditions.map((c, n) => {
					const s = simple(c);
					const item = props.dimensions.find((d) => d.key === s?.dim);
					const name = item?.name ?? s?.dim ?? "this condition";
					return (
						// biome-ignore lint: conditions have no names of their own
						<li key={n} className={css.condition}>
							{s === undefined ? (
								<code title="This condition is made of several; it stays as it is">{JSON.stringify(c)}</code>
							) : (
								<>
									<span>{name}</span>
									<Select
										size="small"
										aria-label={`How ${name} is compared`}
										value={s.operator}
										onChange={(_, d) => replace(n, condition({ ...s, operator: d.value }, item))}
									>
										{operators.map((o) => (
											<option key={o.value} value={o.value}>
												{o.label}
											</option>
										))}
									</Select>
									{s.operator !== "null" && s.operator !== "known" && (
										<>
											<Input
												size="small"
												aria-label={`Value of ${name}`}
												value={s.text}
												list={item?.members ? `members-${n}` : undefined}
												onChange={(_, d) => replace(n, condition({ ...s, text: d.value }, item))}
											/>
											{item?.members && (
												<datalist id={`members-${n}`}>
													{item.members.map((m) => (
														<option key={m} value={m} />
													))}
												</datalist>
											)}
										</>
									)}
								</>
							)}
							<button
								type="button"
								aria-label={`Take away the condition on ${name}`}
								onClick={() => props.onChange(props.conditions.filter((_, i) => i !== n))}
							>
								<DismissRegular />
							</button>
						</li>
					);
				})}
			</ol>
			<NamePicker
				label="Add a condition on"
				items={props.dimensions}
				onPick={(dim) => props.onChange([...props.conditions, { dim, in: [""] }])}
			/>
		</section>
	);
}
