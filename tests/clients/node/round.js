// A round with AWS's SDK for JavaScript, told of the service by its environment alone.
// Usage, in a folder with node_modules: node round.js PHOTO OTHER_PHOTO COLLECTION
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const { RekognitionClient, ...rekognition } = createRequire(path.join(process.cwd(), "here.js"))(
  "@aws-sdk/client-rekognition",
);

async function main([photo, other, CollectionId]) {
  const client = new RekognitionClient({});
  const ask = (name, input) => client.send(new rekognition[`${name}Command`](input));
  const told = {};

  await ask("CreateCollection", { CollectionId });
  const indexed = await ask("IndexFaces", {
    CollectionId,
    Image: { Bytes: readFileSync(photo) },
    ExternalImageId: "ana",
  });
  const found = await ask("SearchFacesByImage", { CollectionId, Image: { Bytes: readFileSync(other) } });
  told.indexed = indexed.FaceRecords.map((record) => record.Face.FaceId);
  told.found = found.FaceMatches.map((match) => [match.Face.FaceId, match.Face.ExternalImageId]);
  told.similarity = found.FaceMatches[0]?.Similarity;
  try {
    await ask("CreateCollection", { CollectionId });
  } catch (error) {
    told.refused = error instanceof rekognition.ResourceAlreadyExistsException && error.name;
  }
  told.deleted = (await ask("DeleteFaces", { CollectionId, FaceIds: told.indexed })).DeletedFaces;
  const described = await ask("DescribeCollection", { CollectionId });
  told.left = described.FaceCount;
  told.created = described.CreationTimestamp instanceof Date;
  told.status = (await ask("DeleteCollection", { CollectionId })).StatusCode;
  process.stdout.write(JSON.stringify(told));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
