// Creates a container service, deploys to it, waits, shows the log, and deletes it again.
//
//     node release.mjs SERVICE IMAGE [--keep]
import {
  CreateContainerServiceCommand,
  CreateContainerServiceDeploymentCommand,
  DeleteContainerServiceCommand,
  GetContainerLogCommand,
  GetContainerServicesCommand,
  LightsailClient,
} from "@aws-sdk/client-lightsail";
import { setTimeout as sleep } from "node:timers/promises";

const [serviceName, image, keep] = process.argv.slice(2);
const pause = Number(process.env.PAUSE ?? 5) * 1000;
const client = new LightsailClient({});

async function find() {
  const answer = await client.send(new GetContainerServicesCommand({ serviceName }));
  return answer.containerServices[0];
}

async function until(done) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const service = await find();
    if (done(service)) return service;
    await sleep(pause);
  }
  throw new Error(`gave up waiting for ${serviceName}`);
}

await client.send(new CreateContainerServiceCommand({ serviceName, power: "nano", scale: 1 }));
await until((service) => service.state === "READY");

const { containerService } = await client.send(
  new CreateContainerServiceDeploymentCommand({
    serviceName,
    containers: { web: { image, ports: { 80: "HTTP" } } },
    publicEndpoint: { containerName: "web", containerPort: 80 },
  }),
);
const version = containerService.nextDeployment.version;
const service = await until((service) => service.nextDeployment === undefined);
if (service.currentDeployment?.version !== version) {
  console.error(`version ${version} has failed`);
  process.exit(1);
}
console.log(`version ${version} is ${service.currentDeployment.state} at ${service.url}`);

const log = await client.send(new GetContainerLogCommand({ serviceName, containerName: "web" }));
for (const { createdAt, message } of log.logEvents) {
  console.log(createdAt.toISOString(), message);
}
if (keep === "--keep") process.exit(0);

await client.send(new DeleteContainerServiceCommand({ serviceName }));
try {
  await until(() => false);
} catch (error) {
  if (error.name !== "NotFoundException") throw error;
}
console.log(`released and removed ${serviceName}`);
