import { QuestionCircle24Regular } from "@fluentui/react-icons";
import { Page } from "../parts/page";
import { Empty } from "../parts/state";

export function UnknownPage() {
	return (
		<Page title="No such page">
			<Empty icon={<QuestionCircle24Regular />} title="The portal has no page at this address">
				Check the address, or go to the <a href="#/">overview</a>.
			</Empty>
		</Page>
	);
}
