"""Who recognises: our own engine and store, AWS Rekognition, or the one in the shadow of the other."""
