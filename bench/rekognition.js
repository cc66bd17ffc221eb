// A photographer's pipeline as it is written against AWS Rekognition, with nothing of ours in it: index each client,
// then detect the faces of each photo, cut them out and search for them. Prints who was found where, as JSON.
// Usage, in a folder with node_modules: node rekognition.js CLIENTS_FOLDER PHOTOS_FOLDER COLLECTION
const { createRequire } = require("node:module");
const fs = require("node:fs");
const path = require("node:path");

const installed = createRequire(path.join(process.cwd(), "here.js"));
const { RekognitionClient, ...rekognition } = installed("@aws-sdk/client-rekognition");
const sharp = installed("sharp");

const AT_ONCE = 4;
const MARGIN = 0.5; // of the face's width and height, on each side of it
const THRESHOLD = 80;

const client = new RekognitionClient({});
const ask = (name, input) => client.send(new rekognition[`${name}Command`](input));
const pictures = (folder) => fs.readdirSync(folder).filter((name) => name.endsWith(".jpg")).sort();

async function all(items, work) {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length) await work(waiting.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function cut(photo, box) {
  const { width, height } = await sharp(photo).metadata();
  const left = Math.max(0, Math.floor((box.Left - MARGIN * box.Width) * width));
  const top = Math.max(0, Math.floor((box.Top - MARGIN * box.Height) * height));
  const right = Math.min(width, Math.ceil((box.Left + (1 + MARGIN) * box.Width) * width));
  const bottom = Math.min(height, Math.ceil((box.Top + (1 + MARGIN) * box.Height) * height));
  const region = { left, top, width: right - left, height: bottom - top };
  return sharp(photo).extract(region).jpeg({ quality: 95 }).toBuffer();
}

async function main([clients, photos, CollectionId]) {
  const told = { indexed: 0, faces: 0, empty_crops: 0, matches: [] };
  await ask("CreateCollection", { CollectionId });
  await all(pictures(clients), async (name) => {
    const Image = { Bytes: fs.readFileSync(path.join(clients, name)) };
    const request = { CollectionId, Image, MaxFaces: 1, ExternalImageId: path.parse(name).name };
    const { FaceRecords } = await ask("IndexFaces", request);
    told.indexed += FaceRecords.length;
  });
  const began = Date.now();
  await all(pictures(photos), async (name) => {
    const photo = fs.readFileSync(path.join(photos, name));
    for (const face of (await ask("DetectFaces", { Image: { Bytes: photo } })).FaceDetails) {
      told.faces += 1;
      const Image = { Bytes: await cut(photo, face.BoundingBox) };
      try {
        const request = { CollectionId, Image, MaxFaces: 1, FaceMatchThreshold: THRESHOLD };
        for (const match of (await ask("SearchFacesByImage", request)).FaceMatches) {
          told.matches.push([match.Face.ExternalImageId, name, match.Similarity]);
        }
      } catch (error) {
        if (!(error instanceof rekognition.InvalidParameterException)) throw error; // no face in what was cut out
        told.empty_crops += 1;
      }
    }
  });
  told.seconds = (Date.now() - began) / 1000;
  await ask("DeleteCollection", { CollectionId });
  process.stdout.write(JSON.stringify(told));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
